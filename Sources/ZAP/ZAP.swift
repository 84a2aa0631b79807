// ZAP
