"""SimPy's side of bench/simulation.ts: python3 kernels.py MODEL EVENTS prints JSON.

The models, the numbers and the checksum are those of bench/peers/models.ts.
"""

import json
import math
import sys
import time

import simpy

MASK = 0xFFFFFFFF
MEAN = 1 << 24
QUANTILES = [math.floor(-math.log((at + 0.5) / 65536) * 65536) for at in range(65536)]


def delays(seed):
    state = seed
    while True:
        state ^= (state << 13) & MASK
        state ^= state >> 17
        state ^= (state << 5) & MASK
        yield QUANTILES[state >> 16] * 256 + (state & 255)


class Tally:
    events = 0
    checksum = 0

    def note(self, now):
        self.events += 1
        self.checksum = (self.checksum * 31 + now) & MASK


def hold(env, tally, pending):
    draw = delays(1).__next__
    note = tally.note

    def job():
        while True:
            yield env.timeout(draw())
            note(env.now)

    for _ in range(pending):
        env.process(job())


def mm1(env, tally):
    arrival, service = delays(1).__next__, delays(2).__next__
    server = simpy.Resource(env)
    note = tally.note

    def customer():
        with server.request() as turn:
            yield turn
            yield env.timeout(service() * 9 // 10)
        note(env.now)

    def source():
        while True:
            yield env.timeout(arrival())
            note(env.now)
            env.process(customer())

    env.process(source())


def main(model, wanted):
    env, tally = simpy.Environment(), Tally()
    if model == "mm1":
        mm1(env, tally)
        end = MEAN * wanted // 2
    else:
        pending = int(model)
        hold(env, tally, pending)
        end = MEAN * wanted // pending
    # Processes begin before the watch does.
    env.run(until=1)
    began = time.perf_counter()
    env.run(until=end + 1)
    took = time.perf_counter() - began
    print(json.dumps({"events": tally.events, "checksum": tally.checksum, "ms": took * 1000}))


main(sys.argv[1], int(sys.argv[2]))
