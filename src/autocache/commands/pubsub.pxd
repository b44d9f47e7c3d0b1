# The pub/sub commands: their declarations are all that others see of them.
