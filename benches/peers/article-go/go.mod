module article-go

go 1.22
