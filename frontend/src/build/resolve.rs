//! Images that a build stands on.

use std::collections::BTreeMap;

use buildkit_gateway::{Error, ImageQuery, Resolved, Result};
use buildkit_llb::{Platform, Reference};
use futures_util::future::try_join_all;

use super::{Session, failure};
use crate::lower::config::ImageConfig;
use crate::lower::{ImageNeed, ImageSource, Images, ResolvedImage};

impl Session {
    pub(super) async fn resolve(&self, needs: Vec<ImageNeed>) -> Result<Images> {
        let resolved = needs.into_iter().map(|need| self.resolve_one(need));
        Ok(try_join_all(resolved).await?.into_iter().collect::<BTreeMap<_, _>>())
    }

    /// The image itself, or what `--build-context` puts in its place.
    async fn resolve_one(&self, need: ImageNeed) -> Result<((Reference, Platform), ResolvedImage)> {
        let mode = self.gateway.options().image_resolve_mode()?;
        let at = |error: Error| failure::at(error, &self.file, need.span);
        let name = need.reference.familiar();
        let replaced = self.contexts.named(&name, &need.platform, mode).await.map_err(at)?;
        let (source, config) = match replaced {
            Some(named) => {
                let config = named.image_config().map(<[u8]>::to_vec);
                (ImageSource::Context(Box::new(named.context().clone())), config)
            }
            None => {
                let query =
                    ImageQuery::new(need.reference.clone()).platform(need.platform.clone()).mode(mode);
                let image = self.gateway.resolve_image(query).await.and_then(Resolved::image).map_err(at)?;
                (ImageSource::Image(image.pinned()), Some(image.config))
            }
        };
        let config = match config {
            Some(json) => ImageConfig::parse(&json)
                .map_err(|error| at(Error::new(format!("image `{name}` has no valid config: {error}"))))?,
            None => ImageConfig::scratch(),
        };
        Ok(((need.reference, need.platform), ResolvedImage { source, config }))
    }
}
