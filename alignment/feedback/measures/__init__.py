"""What the ratings say of reviewers and of models, as numbers."""
