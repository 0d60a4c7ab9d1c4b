"""The dialect `steps`."""
