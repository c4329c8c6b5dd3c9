"""Acme's hiring: interviews are booked with InstaView, whose webhooks tell whom to hire."""
