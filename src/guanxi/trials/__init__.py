"""What else could have happened: decisions with their chances, who was left alone, outcomes of both sides."""
