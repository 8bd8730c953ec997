"""Prints the model of a service that this botocore ships, as JSON."""

import json
import os
import sys

import botocore.session

loader = botocore.session.get_session().get_component("data_loader")
json.dump(loader.load_service_model(os.environ["SERVICE"], "service-2"), sys.stdout)
