"""Bars in backtesting.py, for a bench that takes turns: nothing, or an SMA 10/30 cross that is always in.

Argument: a file of float64 rows of open, high, low, close and volume. It prints a line of JSON when it is ready, and then
one for each line it reads, such as {"strategy": "sma"}.
"""
import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover

warnings.filterwarnings("ignore")


class Empty(Strategy):
    def init(self):
        pass

    def next(self):
        pass


class Cross(Strategy):
    def init(self):
        mean = lambda values, length: pd.Series(values).rolling(length).mean()
        self.fast = self.I(mean, self.data.Close, 10)
        self.slow = self.I(mean, self.data.Close, 30)

    def next(self):
        if crossover(self.fast, self.slow):
            self.position.close()
            self.buy()
        elif crossover(self.slow, self.fast):
            self.position.close()
            self.sell()


def main():
    rows = np.fromfile(sys.argv[1]).reshape(-1, 5)
    times = pd.date_range("2017-01-02", periods=len(rows), freq="min")
    frame = pd.DataFrame(rows, columns=["Open", "High", "Low", "Close", "Volume"], index=times)
    print(json.dumps({"ready": 1}), flush=True)
    for line in sys.stdin:
        strategy = Cross if json.loads(line)["strategy"] == "sma" else Empty
        test = Backtest(frame, strategy, cash=10_000)
        begin = time.perf_counter()
        outcome = test.run()
        seconds = time.perf_counter() - begin
        print(json.dumps({"rows": len(rows), "seconds": seconds, "trades": int(outcome["# Trades"])}), flush=True)


main()
