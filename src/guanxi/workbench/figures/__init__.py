"""Chart data of the desk's pages: what a report found, with the addresses its bars and cells lead to. No arithmetic."""
