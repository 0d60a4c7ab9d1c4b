"""``Accept``: whether a client takes a page rather than JSON."""

from __future__ import annotations


def prefers_page(accept: str) -> bool:
    """True if a client takes HTML rather than JSON, as browsers do; with equal weight, JSON wins."""
    return weight_of("text/html", accept) > weight_of("application/json", accept)


def weight_of(media: str, accept: str) -> float:
    """The weight of a media type in an ``Accept`` header, by its most exact range; 0 if it is not accepted."""
    ranges = [parse_range(part) for part in accept.split(",")]
    kinds = (media, f"{media.partition('/')[0]}/*", "*/*")
    found = [weight for kind in kinds for name, weight in ranges if name == kind]
    return found[0] if found else 0.0


def parse_range(text: str) -> tuple[str, float]:
    """``text/html;q=0.9`` as its name and weight; a weight that is no number counts as 0."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    values = dict(parameter.partition("=")[::2] for parameter in parameters)
    try:
        return name, float(values.get("q", "1"))
    except ValueError:
        return name, 0.0
