"""Reads a running stack with the client that `openapi-python-client` made of infra/openapi.yaml: client.py URL ENVELOPE."""

import datetime
import json
import sys

from description import Client
from description.api.aggregations import get_aggregations, get_many_aggregations
from description.models import Aggregations, AggregationsInEnvelope, Location, Problem
from description.types import UNSET

url, envelope = sys.argv[1:]
client = Client(base_url=url, raise_on_unexpected_status=True)
example = "922fafaf-1115-2221-a33-fed3333397"


def read(profile_id, as_of=UNSET):
    """What the client makes of a response, which holds all of the response and nothing else."""
    response = get_aggregations.sync_detailed(profile_id, client=client, as_of=as_of)
    parsed = response.parsed
    body = json.loads(response.content)
    assert parsed.to_dict() == body, f"read {parsed.to_dict()} of {body}"
    return response.status_code, parsed


def document(parsed):
    """What a caller makes of a 200, with the envelope or without."""
    assert isinstance(parsed, AggregationsInEnvelope if envelope == "data" else Aggregations), type(parsed)
    return parsed.data if isinstance(parsed, AggregationsInEnvelope) else parsed


status, parsed = read(example, datetime.date(2020, 12, 8))
then = document(parsed)
assert status == 200 and then.spend_12m == 2000 and then.dimension_recency == "RC", then
assert isinstance(then.store_join, Location) and then.store_join.name == "Omneo Store", then.store_join
assert then.purchased_brands == ["transaction-created"], then.purchased_brands

status, parsed = read(example)
assert status == 200 and document(parsed).spend_all == then.spend_all, parsed

selected = get_aggregations.sync(example, client=client, as_of=datetime.date(2020, 12, 8), fields="spend_12m")
selected = selected.data if envelope == "data" else selected
assert selected.to_dict() == {"profile_id": example, "spend_12m": 2000}, selected

explained = get_aggregations.sync(example, client=client, as_of=datetime.date(2020, 12, 8), explain=True)
explained = explained.data if envelope == "data" else explained
changes = explained.explanation.changes_on
assert changes["spend_12m"] == datetime.date(2021, 12, 8), changes

many = get_many_aggregations.sync(client=client, profile_id=[example, "nobody"])
many = many.data if envelope == "data" else many
assert len(many.aggregations) == 1 and many.not_found == ["nobody"], many

status, parsed = read("nobody")
assert status == 404 and isinstance(parsed, Problem) and parsed.status == 404, parsed
