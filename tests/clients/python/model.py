"""Prints the service model that this botocore ships, as JSON."""

import json
import sys

import botocore.session

loader = botocore.session.get_session().get_component("data_loader")
json.dump(loader.load_service_model("kinesis", "service-2"), sys.stdout)
