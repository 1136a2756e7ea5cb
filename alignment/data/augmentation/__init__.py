"""More training rows from the ones there are: noise in the customers' words, other wordings, and what is not let in."""
