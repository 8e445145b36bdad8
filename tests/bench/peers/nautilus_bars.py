"""Bars in NautilusTrader, for a bench that takes turns: nothing, or an SMA 10/30 cross that is always in.

Argument: a file of float64 rows of open, high, low, close and volume. It prints a line of JSON when it is ready, and then
one for each line it reads, such as {"strategy": "sma"}.
"""
import json
import sys
import time
from decimal import Decimal

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

STOCK = TestInstrumentProvider.equity("WALK", "XNAS")
BARS = BarType.from_str("WALK.XNAS-1-MINUTE-LAST-EXTERNAL")
LOTS = 100


class Empty(Strategy):
    def on_start(self):
        self.subscribe_bars(BARS)

    def on_bar(self, bar):
        pass


class Cross(Strategy):
    def on_start(self):
        self.fast = SimpleMovingAverage(10)
        self.slow = SimpleMovingAverage(30)
        self.held = 0
        self.register_indicator_for_bars(BARS, self.fast)
        self.register_indicator_for_bars(BARS, self.slow)
        self.subscribe_bars(BARS)

    def on_bar(self, bar):
        if not self.indicators_initialized() or self.fast.value == self.slow.value:
            return
        wanted = LOTS if self.fast.value > self.slow.value else -LOTS
        if wanted == self.held:
            return
        side = OrderSide.BUY if wanted > 0 else OrderSide.SELL
        size = Quantity.from_int(abs(wanted - self.held))
        self.submit_order(self.order_factory.market(STOCK.id, side, size))
        self.held = wanted


def run(bars, strategy):
    config = BacktestEngineConfig(trader_id="BENCH-001", logging=LoggingConfig(bypass_logging=True))
    engine = BacktestEngine(config)
    engine.add_venue(Venue("XNAS"), OmsType.NETTING, AccountType.MARGIN, [Money(10_000_000, USD)], default_leverage=Decimal(10))
    engine.add_instrument(STOCK)
    engine.add_data(bars)
    engine.add_strategy(strategy)
    begin = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - begin
    trades = len(engine.cache.orders())
    engine.dispose()
    return {"rows": len(bars), "seconds": seconds, "trades": trades}


def main():
    rows = np.fromfile(sys.argv[1]).reshape(-1, 5)
    times = pd.date_range("2017-01-02", periods=len(rows), freq="min", tz="UTC")
    frame = pd.DataFrame(rows, columns=["open", "high", "low", "close", "volume"], index=times)
    bars = BarDataWrangler(BARS, STOCK).process(frame)
    print(json.dumps({"ready": 1}), flush=True)
    for line in sys.stdin:
        strategy = Cross() if json.loads(line)["strategy"] == "sma" else Empty()
        print(json.dumps(run(bars, strategy)), flush=True)


main()
