"""The dialect `tasks`."""
