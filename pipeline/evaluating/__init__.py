"""How a student is measured: on what, against whom, and what is made of the answers."""
