"""The mining centre (挖掘中心): what the records mean. The analysis stack is loaded by the analysing process
alone."""
