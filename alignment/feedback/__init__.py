"""The ratings store: candidates, reviewers and append-only ratings, and preference data made from them."""
