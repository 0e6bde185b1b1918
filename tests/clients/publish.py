"""Publishes by pymercure, and prints what it is answered: publish.py HUB TOKEN ID DATA TOPIC…"""

import sys

from pymercure.message import Message
from pymercure.publisher.sync import SyncPublisher

hub, token, own_id, data, *topics = sys.argv[1:]
print(SyncPublisher(hub, token).publish(Message(topics, data, message_id=own_id or None)))
