"""The objects of a bucket, as a list of name and document, for the test."""

import json
import os

from outside_support import BUCKET, buckets, objects

s3 = buckets()
if os.environ.get("CREATE"):
    s3.create_bucket(Bucket=BUCKET)
print(json.dumps(objects(s3)))
