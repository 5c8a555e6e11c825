"""What the report counts and draws: where traces went, how long they are, what they cost, how unlike they are."""
