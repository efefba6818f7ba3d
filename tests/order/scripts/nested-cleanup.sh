#!/usr/bin/env bash
docker image prune --force
docker builder prune --force
