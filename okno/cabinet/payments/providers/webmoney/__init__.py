"""WebMoney, Web Merchant Interface."""
