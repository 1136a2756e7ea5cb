"""Personal data in texts: found by form, by words beside it, by lists of names; replaced by typed placeholders."""
