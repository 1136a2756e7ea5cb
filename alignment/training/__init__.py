"""What the training stages share: their knobs, TRL's trainers made safe, resumable and tracked, sampling."""
