"""The page that borrowers open from a link in a message."""
