"""pymercure's consumer, which brings no token and does not come back."""

import sys

from pymercure.consumer import Consumer


def show(message):
    print(message.message_id, message.data, flush=True)


consumer = Consumer(sys.argv[1], ["https://example.com/orders/{id}", "https://example.com/staff/{id}"], show)
consumer.start_consumption()
print("open", flush=True)
