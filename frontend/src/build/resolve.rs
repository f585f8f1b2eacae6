//! Images that a build stands on.

use buildkit_gateway::{Code, Error, ImageQuery, Result};
use buildkit_llb::{Platform, Reference};
use futures_util::future::join_all;

use super::{Session, failure, missing};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::Project;
use crate::lower::config::ImageConfig;
use crate::lower::{ImageNeed, ImageSource, Images, ResolvedImage};

/// Why an image is not known.
enum Unknown {
    /// To be told with all others.
    Mistake(Box<Diagnostic>),
    Error(Error),
}

impl Session<'_> {
    pub(super) async fn resolve(&self, needs: &[ImageNeed], project: &Project) -> Result<Images> {
        let (mut images, mut mistakes) = (Images::new(), Diagnostics::default());
        for resolved in join_all(needs.iter().map(|need| self.resolve_one(need))).await {
            match resolved {
                Ok((image, resolved)) => drop(images.insert(image, resolved)),
                Err(Unknown::Mistake(mistake)) => mistakes.push(*mistake),
                Err(Unknown::Error(error)) => return Err(error),
            }
        }
        self.stop_at_mistakes(&mistakes, project)?;
        Ok(images)
    }

    /// The image itself, or what `--build-context` puts in its place.
    async fn resolve_one(&self, need: &ImageNeed) -> Result<((Reference, Platform), ResolvedImage), Unknown> {
        let at = |error: Error| Unknown::Error(failure::at(error, &self.file, need.span));
        let mode = self.gateway.options().image_resolve_mode().map_err(|error| at(error.into()))?;
        let name = need.reference.familiar();
        let frontend = self.setting.options.frontend.as_ref();
        let replaced = self.contexts.named(&name, &need.platform, mode).await.map_err(at)?;
        let (source, config) = match replaced {
            Some(named) => {
                let config = named.image_config().map(<[u8]>::to_vec);
                (ImageSource::Context(Box::new(named.context().clone())), config)
            }
            None => {
                let query =
                    ImageQuery::new(need.reference.clone()).platform(need.platform.clone()).mode(mode);
                let image = match self.gateway.resolve_image(query).await {
                    Ok(resolved) => resolved.image().map_err(at)?,
                    Err(error) if error.code() == Code::Cancelled => return Err(at(error)),
                    Err(error) => {
                        return Err(Unknown::Mistake(Box::new(missing::image(need, frontend, &error))));
                    }
                };
                (ImageSource::Image(image.pinned()), Some(image.config))
            }
        };
        let config = match config {
            Some(json) => ImageConfig::parse(&json)
                .map_err(|error| at(Error::new(format!("image `{name}` has no valid config: {error}"))))?,
            None => ImageConfig::scratch(),
        };
        // The engine takes an image that is for one platform for any; a program of it would not run there.
        if frontend == Some(&need.reference) && !config.is_for(&need.platform) {
            return Err(Unknown::Mistake(Box::new(missing::variant(need, frontend))));
        }
        Ok(((need.reference.clone(), need.platform.clone()), ResolvedImage { source, config }))
    }
}
