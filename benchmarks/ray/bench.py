"""Ray's side of the benchmarks, under the same names and with the same work.

    bench.py --list                  the names
    bench.py NAME CPUS SIZE          writes {} when ready, then reads milliseconds per line and writes one reading for each

Started by ../src/ray.ts. The loops are those of ray/_private/ray_perf.py, with a + b as the work.
"""

import json
import os
import sys
import time

# Ray prints to stdout; that belongs to the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

CASES = {}


def case(run):
    CASES[run.__name__ if run.__name__[0] != "_" else run.__name__[1:]] = run
    return run


def repeated(operations, run):
    def round_(seconds):
        start = time.perf_counter()
        runs = 0
        while True:
            run()
            runs += 1
            elapsed = time.perf_counter() - start
            if elapsed >= seconds:
                return {"value": runs * operations / elapsed}

    return round_


def one_at_a_time(run):
    def round_(seconds):
        latencies = []
        start = before = time.perf_counter()
        while before - start < seconds:
            run()
            now = time.perf_counter()
            latencies.append((now - before) * 1e6)
            before = now
        latencies.sort()
        count = len(latencies)
        return {
            "value": count / (before - start),
            "p50": latencies[min(count - 1, count // 2)],
            "p99": latencies[min(count - 1, count * 99 // 100)],
        }

    return round_


def microseconds_each(size, run):
    rate = repeated(size, run)
    return lambda seconds: {"value": 1e6 / rate(seconds)["value"]}


def milliseconds(run):
    def round_(_):
        start = time.perf_counter()
        run()
        return {"value": (time.perf_counter() - start) * 1000}

    return round_


def define_remotes():
    global ray, np, add, count, ends, put_many, many_refs, arguments, numbers, work
    global Server, AsyncServer, Client, Submitter
    import numpy as np
    import ray

    @ray.remote
    def add(a, b):
        return a + b

    @ray.remote
    def count(items):
        return len(items)

    @ray.remote
    def ends(array):
        return array[0] + array[-1]

    @ray.remote
    def put_many(calls):
        for _ in range(calls):
            ray.put(0)

    @ray.remote
    def many_refs(size):
        return [ray.put(i) for i in range(size)]

    @ray.remote
    def arguments(*values):
        return len(values)

    @ray.remote
    def numbers(size):
        return list(range(size))

    @ray.remote
    def work(servers, calls):
        ray.get([servers[i % len(servers)].add.remote(1, 2) for i in range(calls)])

    @ray.remote(num_cpus=0)
    class Server:
        def add(self, a, b):
            return a + b

    @ray.remote
    class AsyncServer:
        async def add(self, a, b):
            return a + b

    @ray.remote(num_cpus=0)
    class Client:
        def __init__(self, servers):
            self.servers = servers

        def call(self, calls):
            ray.get([s.add.remote(1, 2) for s in self.servers for _ in range(calls)])

        def call_with_ref(self, calls):
            ref = ray.put(1)
            ray.get([s.add.remote(ref, 2) for s in self.servers for _ in range(calls)])

    @ray.remote(num_cpus=0)
    class Submitter:
        def submit(self, calls):
            ray.get([add.remote(1, 2) for _ in range(calls)])


@case
def single_client_tasks_sync(_):
    return one_at_a_time(lambda: ray.get(add.remote(1, 2)))


@case
def single_client_tasks_async(_):
    return repeated(1000, lambda: ray.get([add.remote(1, 2) for _ in range(1000)]))


@case
def single_client_tasks_and_get_batch(_):
    return repeated(1, lambda: ray.get([add.remote(1, 2) for _ in range(1000)]))


@case
def multi_client_tasks_async(_):
    clients = [Submitter.remote() for _ in range(4)]
    return repeated(10_000, lambda: ray.get([c.submit.remote(2500) for c in clients]))


def wait_all():
    pending = [add.remote(1, 2) for _ in range(1000)]
    fetch = True
    while pending:
        _, pending = ray.wait(pending, fetch_local=fetch)
        fetch = False


@case
def single_client_wait_1k_refs(_):
    return repeated(1, wait_all)


@case
def wait_1k_refs_one_by_one(_):
    return microseconds_each(1000, wait_all)


@case
def single_client_get_object_containing_10k_refs(_):
    ref = many_refs.remote(10_000)
    ray.wait([ref])
    return repeated(1, lambda: ray.get(ref))


@case
def argument_of_1000_objects(_):
    items = [{"id": i, "name": f"item {i}", "value": i / 2} for i in range(1000)]
    return repeated(10, lambda: ray.get([count.remote(items) for _ in range(10)]))


@case
def _1_1_actor_calls_sync(_):
    server = Server.remote()
    return one_at_a_time(lambda: ray.get(server.add.remote(1, 2)))


def batch_on(server):
    return repeated(1000, lambda: ray.get([server.add.remote(1, 2) for _ in range(1000)]))


@case
def _1_1_actor_calls_async(_):
    return batch_on(Server.remote())


@case
def _1_1_actor_calls_concurrent(_):
    return batch_on(Server.options(max_concurrency=16).remote())


@case
def _1_1_async_actor_calls_sync(_):
    server = AsyncServer.remote()
    return one_at_a_time(lambda: ray.get(server.add.remote(1, 2)))


@case
def _1_1_async_actor_calls_async(_):
    return batch_on(AsyncServer.remote())


@case
def _1_n_actor_calls_async(_):
    client = Client.remote([Server.remote() for _ in range(2)])
    return repeated(5000, lambda: ray.get(client.call.remote(2500)))


@case
def _1_n_async_actor_calls_async(_):
    client = Client.remote([AsyncServer.remote() for _ in range(2)])
    return repeated(5000, lambda: ray.get(client.call.remote(2500)))


@case
def n_n_actor_calls_async(_):
    servers = [Server.remote() for _ in range(2)]
    return repeated(10_000, lambda: ray.get([work.remote(servers, 2500) for _ in range(4)]))


@case
def n_n_async_actor_calls_async(_):
    servers = [AsyncServer.remote() for _ in range(2)]
    return repeated(10_000, lambda: ray.get([work.remote(servers, 2500) for _ in range(4)]))


@case
def n_n_actor_calls_with_arg_async(_):
    clients = [Client.remote([Server.remote()]) for _ in range(2)]
    return repeated(2000, lambda: ray.get([c.call_with_ref.remote(1000) for c in clients]))


@case
def single_client_put_calls(_):
    return repeated(1000, lambda: [ray.put(0) for _ in range(1000)])


@case
def single_client_get_calls(_):
    ref = ray.put(0)
    return repeated(1000, lambda: [ray.get(ref) for _ in range(1000)])


@case
def multi_client_put_calls(_):
    return repeated(1000, lambda: ray.get([put_many.remote(100) for _ in range(10)]))


@case
def single_client_put_gigabytes(_):
    array = np.ones(100 * 1024 * 1024, dtype=np.float64)

    def round_(_):
        start = time.perf_counter()
        ray.put(array)
        return {"value": 0.8 / (time.perf_counter() - start)}

    return round_


@case
def pass_100MB_to_8_tasks(_):
    array = np.ones(100 * 1024 * 1024 // 8, dtype=np.float64)

    def run():
        ref = ray.put(array)
        ray.get([ends.remote(ref) for _ in range(8)])

    return milliseconds(run)


@case
def actor_creation_own_thread(_):
    def run():
        server = Server.remote()
        ray.get(server.add.remote(1, 2))
        ray.kill(server)

    return milliseconds(run)


@case
def init_to_first_result(_):
    ray.shutdown()

    def run():
        ray.init(log_to_driver=False)
        ray.get(add.remote(1, 2))

    return milliseconds(run)


@case
def arguments_10k_refs(_):
    refs = [ray.put(i) for i in range(10_000)]
    return microseconds_each(10_000, lambda: ray.get(arguments.remote(*refs)))


@case
def returns_3k(_):
    many = numbers.options(num_returns=3000)
    return microseconds_each(3000, lambda: ray.get(many.remote(3000)))


@case
def get_10k_refs(_):
    refs = [ray.put(i) for i in range(10_000)]
    return microseconds_each(10_000, lambda: ray.get(refs))


@case
def queued_tasks_1M(size):
    def round_(_):
        start = time.perf_counter()
        ray.get([add.remote(1, 2) for _ in range(size)])
        return {"value": size / (time.perf_counter() - start)}

    return round_


def answer(message):
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def serve(name, cpus, size):
    define_remotes()
    if name != "init_to_first_result":
        two_needed = "actor" in name or name == "multi_client_put_calls"
        ray.init(num_cpus=max(cpus, 2) if two_needed else cpus, log_to_driver=False)
    measure = CASES[name](size)
    answer({})
    for line in sys.stdin:
        try:
            answer({"reading": measure(float(line) / 1000)})
        except Exception as error:  # the contest goes on without Ray
            answer({"failure": repr(error)})


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        answers.write("\n".join(CASES) + "\n")
        answers.flush()
    else:
        serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
