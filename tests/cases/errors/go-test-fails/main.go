package main

func main() {}

func two() int { return 3 }
