module clock

go one.two
