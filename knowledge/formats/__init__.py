"""One module a file format; each turns a file into headed text, and knows no other."""
