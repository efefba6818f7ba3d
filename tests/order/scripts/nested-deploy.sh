#!/usr/bin/env bash
set -e
helm upgrade --install chat ./chart
kubectl rollout status deployment/chat
if kubectl get ingress chat; then
  curl --fail https://chat.example.com/up
fi
