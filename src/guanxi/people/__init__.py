"""Who the enterprise serves: customers, their identifiers, matching and merging, profile and timeline."""
