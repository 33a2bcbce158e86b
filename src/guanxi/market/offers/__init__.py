"""Offers: something of value to a customer, with its terms, its codes, and what became of each of them."""
