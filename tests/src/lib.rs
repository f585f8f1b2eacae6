//! Real engine, real `docker buildx`, real registries.
