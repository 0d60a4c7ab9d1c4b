"""Why a step went the way that it did."""
