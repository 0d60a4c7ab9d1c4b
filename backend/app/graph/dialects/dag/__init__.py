"""The dialect `dag`."""
