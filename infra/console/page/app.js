// The page comes from somewhere else.
