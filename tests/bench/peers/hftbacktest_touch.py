"""touch_maker's rules in hftbacktest, for a bench that takes turns.

Arguments: a file of raw event rows, how often they are repeated, tick, lot, and the highest price. It prints a line of
JSON when it is ready, and then one for each line it reads, such as {"queue": "risk", "depth": "roi"}.
"""
import json
import sys
import time

import numpy as np
from hftbacktest import GTX, LIMIT, BacktestAsset, HashMapMarketDepthBacktest, ROIVectorMarketDepthBacktest
from hftbacktest.types import event_dtype
from numba import njit, uint64

STEP = 100_000_000
LATENCY = 10_000_000
LIMIT_LOTS = 20


def repeated(path, times):
    """The rows, end to end; each time a millisecond behind the last."""
    once = np.fromfile(path, dtype=event_dtype)
    clocks = ("exch_ts", "local_ts")
    begin = min(once[clock].min() for clock in clocks)
    length = max(once[clock].max() for clock in clocks) - begin + 1_000_000
    rows = np.tile(once, times)
    shift = np.repeat(np.arange(times, dtype=np.int64) * length, len(once))
    for clock in clocks:
        rows[clock] += shift
    return rows


@njit
def make_market(session, lot):
    """One lot at each side of the touch, looked after every step; returns how many steps there were."""
    steps = 0
    tick = session.depth(0).tick_size
    while session.elapse(STEP) == 0:
        steps += 1
        session.clear_inactive_orders(0)
        book = session.depth(0)
        if not (book.best_bid > 0 and book.best_ask > 0):
            continue
        bid, ask = book.best_bid_tick, book.best_ask_tick
        bids_at_touch = asks_at_touch = 0
        orders = session.orders(0).values()
        while orders.has_next():
            order = orders.get()
            touch = bid if order.side == 1 else ask
            if order.price_tick == touch:
                if order.side == 1:
                    bids_at_touch += 1
                else:
                    asks_at_touch += 1
            elif order.cancellable:
                session.cancel(0, order.order_id, False)
        lots = round(session.position(0) / lot)
        if bids_at_touch == 0 and lots < LIMIT_LOTS:
            session.submit_buy_order(0, uint64(2 * steps), bid * tick, lot, GTX, LIMIT, False)
        if asks_at_touch == 0 and lots > -LIMIT_LOTS:
            session.submit_sell_order(0, uint64(2 * steps + 1), ask * tick, lot, GTX, LIMIT, False)
    return steps


def run(rows, tick, lot, highest, queue, depth):
    asset = BacktestAsset().data(rows).linear_asset(1.0).constant_order_latency(LATENCY, LATENCY)
    if queue == "risk":
        asset.risk_adverse_queue_model()
    elif queue == "log":
        asset.log_prob_queue_model()
    else:
        asset.power_prob_queue_model(3.0)
    asset.no_partial_fill_exchange().trading_value_fee_model(0.0002, 0.0007).tick_size(tick).lot_size(lot)
    if depth == "roi":
        session = ROIVectorMarketDepthBacktest([asset.roi_lb(0.0).roi_ub(highest)])
    else:
        session = HashMapMarketDepthBacktest([asset])
    begin = time.perf_counter()
    make_market(session, lot)
    seconds = time.perf_counter() - begin
    state = session.state_values(0)
    answer = {
        "rows": len(rows),
        "seconds": seconds,
        "trades": int(state.num_trades),
        "position": round(state.position / lot),
        "fees": float(state.fee),
    }
    session.close()
    return answer


def main():
    path, times = sys.argv[1], int(sys.argv[2])
    tick, lot, highest = (float(text) for text in sys.argv[3:6])
    first = repeated(path, 1)
    for depth in ("roi", "hash"):
        run(first, tick, lot, highest, "risk", depth)  # compiles
    rows = repeated(path, times)
    print(json.dumps({"ready": 1}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(run(rows, tick, lot, highest, question["queue"], question["depth"])), flush=True)


main()
