"""The stages of the river, one file each. They never import each other and meet only in the workspace."""
