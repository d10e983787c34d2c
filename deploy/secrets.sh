#!/bin/sh
# Writes the secrets of docker-compose.yml, each into a file of its own; what is there already stays.
#   sh deploy/secrets.sh            into .secrets
# The files are readable for every account, since containers have accounts of their own; the folder
# lets in its owner alone.
set -eu
folder=${1:-.secrets}
mkdir -p "$folder"
chmod 700 "$folder"

write() {
  [ -e "$folder/$1" ] && return
  printf %s "$2" >"$folder/$1.new"
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}
random() { openssl rand -hex "$1"; }

write pe_secret "$(random 32)"
write postgres_password "$(random 24)"
write mongo_password "$(random 24)"
write pe_database_url "postgres://engine:$(cat "$folder/postgres_password")@postgres:5432/payment_engine"
write pe_mongo_url "mongodb://engine:$(cat "$folder/mongo_password")@mongo:27017/?authSource=admin"
write pe_bootstrap_service_key "pk_$(random 20)"
write pe_bootstrap_admin_key "ak_$(random 20)"
# With a real account at Juspay, its own three go into these files.
write pe_gateways__juspay__api_key "$(random 24)"
write pe_gateways__juspay__response_key "$(random 24)"
write pe_gateways__juspay__webhook_password "$(random 24)"
