"""The schemes by name."""

from __future__ import annotations

from collections.abc import Mapping

from app.hooks.scheme import Scheme
from app.hooks.schemes import basic, bearer, github, gitlab, hmac, none, shopify, slack, standard, stripe, twilio

SCHEMES: Mapping[str, Scheme] = {
    module.scheme.name: module.scheme
    for module in (github, gitlab, stripe, slack, shopify, twilio, standard, hmac, basic, bearer, none)
}
