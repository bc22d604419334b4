"""The crowd on both sides: in the book by the book's own loader, in the read model as the street would have left it."""
