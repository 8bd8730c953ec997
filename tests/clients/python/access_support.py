"""Users and their policies, managed by operations of our own that are signed with botocore."""

import http.client
import json
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from support import ACCOUNT, ENDPOINT, REGION, client


def own(operation, key=("test", "test"), **members):
    """Calls an operation of our own; its reply, or the exception's name and text raised as an error."""
    body = json.dumps(members)
    headers = {"X-Amz-Target": f"Shardmill_20261101.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    request = botocore.awsrequest.AWSRequest(method="POST", url=ENDPOINT + "/", data=body, headers=headers)
    credentials = botocore.credentials.Credentials(*key)
    botocore.auth.SigV4Auth(credentials, "shardmill", REGION).add_auth(request)
    address = urllib.parse.urlparse(ENDPOINT)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request("POST", "/", body, dict(request.headers))
    reply = connection.getresponse()
    text = reply.read()
    assert reply.status == 200, f"{operation}: {reply.status} {text}"
    return json.loads(text) if text else None


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def put_policy(name, *statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    own("PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=document)


def user(name, *statements, tags=None):
    """Makes a user with a policy and a key; the key's id and secret."""
    own("CreateUser", UserName=name, Tags=tags or {})
    put_policy(name, *statements)
    key = own("CreateAccessKey", UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def kinesis(key, region=REGION):
    return client(*key, region=region)


def stream_arn(name):
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"
