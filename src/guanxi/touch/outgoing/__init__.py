"""The outgoing half of the touch centre: templates, the outbox, the sender, and what comes back."""
