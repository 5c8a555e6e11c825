"""The page that `tracestill view` serves: what a workspace holds, one problem with its traces, and people's reviews."""
