"""The dialect `graph`."""
