"""What hftbacktest makes of small markets and scripted orders, for a test that holds Lockstep's outcome against it.

Reads JSON from stdin, a list of cases, and writes JSON to stdout, a list of outcomes. A case has `rows` of
[ev, exch_ts, local_ts, px, qty]; `queue` (risk, power3, log); `latency` and `interval` in ns; and `actions` of
[step, what, order, side, price, size, tif], where what is 0 to submit, 1 to cancel, 2 to amend. An outcome has `fills`,
each [exch_ts, order, price, lots, maker], and `views`, the best bid and ask of each step (null where there is none).
Tick and lot are 1.
"""
import json
import sys

import numpy as np
from hftbacktest import LIMIT, BacktestAsset, HashMapMarketDepthBacktest
from hftbacktest.order import FILLED
from hftbacktest.types import event_dtype
from numba import njit, uint64


@njit
def play(hbt, interval, actions, views, fills):
    """Plays the actions step by step; returns how many steps there were, and how many orders were filled."""
    steps = 0
    at = 0
    while hbt.elapse(interval) == 0:
        depth = hbt.depth(0)
        if steps < len(views):
            views[steps, 0] = depth.best_bid
            views[steps, 1] = depth.best_ask
        steps += 1
        while at < len(actions) and actions[at, 0] == steps:
            _, what, order, side, price, size, tif = actions[at]
            at += 1
            if what != 0:
                known = hbt.orders(0).get(uint64(order))
                if known is None or not known.cancellable:
                    continue
                if what == 1:
                    hbt.cancel(0, uint64(order), False)
                else:
                    hbt.modify(0, uint64(order), float(price), float(size), False)
            elif side == 1:
                hbt.submit_buy_order(0, uint64(order), float(price), float(size), tif, LIMIT, False)
            else:
                hbt.submit_sell_order(0, uint64(order), float(price), float(size), tif, LIMIT, False)
    count = 0
    orders = hbt.orders(0).values()
    while orders.has_next():
        order = orders.get()
        if order.status == FILLED:
            fills[count, 0] = order.exch_timestamp
            fills[count, 1] = order.order_id
            fills[count, 2] = order.arr[0].exec_price_tick
            fills[count, 3] = int(round(order.arr[0].qty))
            fills[count, 4] = 1 if order.arr[0].maker else 0
            count += 1
    return steps, count


def outcome(case):
    rows = np.zeros(len(case["rows"]), dtype=event_dtype)
    for field, column in zip(("ev", "exch_ts", "local_ts", "px", "qty"), zip(*case["rows"])):
        rows[field] = column
    asset = BacktestAsset().data(rows).linear_asset(1.0).tick_size(1.0).lot_size(1.0)
    asset = asset.constant_order_latency(case["latency"], case["latency"]).no_partial_fill_exchange()
    asset = asset.trading_value_fee_model(0.0, 0.0)
    queue = case["queue"]
    asset = (asset.risk_adverse_queue_model() if queue == "risk" else asset.log_prob_queue_model() if queue == "log"
             else asset.power_prob_queue_model(3.0))
    actions = np.array(case["actions"], dtype=np.int64).reshape(-1, 7)
    views = np.full((case["steps"], 2), np.nan)
    fills = np.zeros((len(actions) + 1, 5), dtype=np.int64)
    hbt = HashMapMarketDepthBacktest([asset])
    steps, count = play(hbt, case["interval"], actions, views, fills)
    hbt.close()
    return {
        "steps": steps,
        "fills": sorted(fills[:count].tolist()),
        "views": [[None if np.isnan(best) else int(best) for best in view] for view in views[:steps]],
    }


json.dump([outcome(case) for case in json.load(sys.stdin)], sys.stdout)
